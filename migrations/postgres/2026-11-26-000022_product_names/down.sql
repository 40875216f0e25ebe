drop index products_named;
