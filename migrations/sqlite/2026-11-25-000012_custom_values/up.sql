-- What filters ask of custom fields; the record's own column is what is read. One value a row, several of a field in their order; each row has one of
-- the typed columns, and one index holds it.
create table custom_values (
    record_id blob not null,
    key text not null,
    position integer not null,
    entity text not null,
    text text,
    number bigint,
    date date,
    flag boolean,
    ref_id blob,
    primary key (record_id, key, position)
);
create index custom_values_text on custom_values (entity, key, text, record_id) where text is not null;
create index custom_values_number on custom_values (entity, key, number, record_id) where number is not null;
create index custom_values_date on custom_values (entity, key, date, record_id) where date is not null;
create index custom_values_flag on custom_values (entity, key, flag, record_id) where flag is not null;
create index custom_values_ref on custom_values (entity, key, ref_id, record_id) where ref_id is not null;

alter table products add column custom text not null default '{}';
