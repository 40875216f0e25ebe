create index products_named on products (id, name);
drop trigger products_renamed;
drop trigger teams_renamed;
drop trigger users_renamed;
drop table renames;
