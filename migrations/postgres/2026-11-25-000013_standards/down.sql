drop index standards_published;
drop index standards_id;
alter table standards drop column id;
