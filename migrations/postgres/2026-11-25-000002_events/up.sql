-- The place of each event in the feed; those that are there are numbered in the order of their ids.
create sequence event_numbers;
alter table events add column number bigint;
update events set number = numbered.place
    from (select id, row_number() over (order by id) as place from events) as numbered where numbered.id = events.id;
alter table events alter column number set not null;
select setval('event_numbers', max(number)) from events having max(number) is not null;
create unique index events_number on events (number);
drop index events_record;
create index events_record on events (record_id, number);
