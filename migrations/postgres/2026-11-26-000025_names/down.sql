create index products_named on products (id, name);
drop trigger products_renamed on products;
drop trigger teams_renamed on teams;
drop trigger users_renamed on users;
drop function renamed();
drop table renames;
