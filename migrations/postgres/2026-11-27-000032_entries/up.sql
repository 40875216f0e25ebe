-- What an order does not have when it is entered is no entry of an index: an entry writes to each.
drop index orders_external;
create unique index orders_external on orders (ext_system, ext_id) where archived_at is null and ext_id is not null;
