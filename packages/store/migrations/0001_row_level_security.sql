-- Another tenant's rows do not exist: for every role that is not a superuser, the tables' owner included.
do $$
declare
  name text;
begin
  for name in
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'syncline'::regnamespace and c.relkind = 'r' and a.attname = 'tenant_id'
    order by c.relname
  loop
    execute format('alter table syncline.%I enable row level security, force row level security', name);
    execute format('create policy tenant on syncline.%I using (tenant_id = current_setting(''app.tenant'', true))', name);
  end loop;
end $$;
--> statement-breakpoint
-- An update that changes no indexed column stays on its page.
alter table syncline.link set (fillfactor = 85);
--> statement-breakpoint
alter table syncline.cursor set (fillfactor = 50);
--> statement-breakpoint
alter table syncline.execution set (fillfactor = 70);
