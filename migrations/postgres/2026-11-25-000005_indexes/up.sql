-- Indexes for what the plans of lists showed.

-- The record first: an index that began with the type would be read from one end of a type to the other where words are found.
drop index search_entries_record;
create unique index search_entries_record on search_entries (record_id, record_type, part);

-- Filters of small tables, in the default order.
create index products_currency on products (currency, name_key, id);
create index products_list_price on products (list_price, id);
drop index users_team;
create index users_team on users (team_id, name, id);
create index users_role on users (role, name, id);
create index users_active on users (active, name, id);
drop index teams_lead;
create index teams_lead on teams (lead_id, name, id);
create index views_entity on views (entity, name, id);
create index views_sharing on views (sharing, name, id);
