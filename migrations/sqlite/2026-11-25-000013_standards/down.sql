alter table products drop column warnings;
alter table customers drop column warnings;
drop index standards_publisher;
drop index standards_published;
drop index standards_id;
alter table standards drop column id;
