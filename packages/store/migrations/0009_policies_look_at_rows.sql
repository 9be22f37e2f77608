-- A policy checks the rows that a statement finds by its own keys. As an equality it would be a way to find them too: without statistics
-- of a table the planner thinks that a tenant has one row, and reads all of them for each record of a batch.
do $$
declare
  name text;
begin
  for name in select tablename from pg_policies where schemaname = 'syncline' and policyname = 'tenant' order by tablename
  loop
    execute format('alter policy tenant on syncline.%I using (tenant_id is not distinct from current_setting(''app.tenant'', true))', name);
  end loop;
end $$;
