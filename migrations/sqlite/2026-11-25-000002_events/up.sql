-- The place of each event in the feed; those that are there are numbered in the order of their ids.
-- SQLite adds no column without a value where it may not be missing; no event keeps the 0.
alter table events add column number bigint not null default 0;
update events set number = numbered.place
    from (select id, row_number() over (order by id) as place from events) as numbered where numbered.id = events.id;
create unique index events_number on events (number);
drop index events_record;
create index events_record on events (record_id, number);
