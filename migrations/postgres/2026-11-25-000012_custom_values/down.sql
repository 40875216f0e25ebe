alter table products drop column custom;
drop table custom_values;
