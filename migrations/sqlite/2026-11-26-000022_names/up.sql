-- Of a row that others point at most answers show the name alone: read where its id is found.
create index customers_named on customers (id, name);
create index users_named on users (id, name);
create index teams_named on teams (id, name);
create index products_named on products (id, name);
