drop index products_named;
drop index teams_named;
drop index users_named;
drop index customers_named;
