/** Shapes of records change with it: an older default version of the account would look like missing fields. */
export const apiVersion = "2026-10-28.endive"
