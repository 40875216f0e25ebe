drop index events_record;
create index events_record on events (record_id, id);
drop index events_number;
alter table events drop column number;
drop sequence event_numbers;
