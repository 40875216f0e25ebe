-- Of the products of an order's lines an answer shows the name alone: read where the id is found.
create index products_named on products (id, name);
