-- A contact who was erased leaves a row with nothing personal in it: its id, when, and where texts had to be edited by hand.
alter table customer_contacts alter column name drop not null;
alter table customer_contacts add column erased_at timestamptz, add column free_text jsonb;
-- The first row of a file, kept for the report when the file itself is dropped.
alter table imports add column header bytea;
