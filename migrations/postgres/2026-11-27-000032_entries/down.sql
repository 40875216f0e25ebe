drop index orders_external;
create unique index orders_external on orders (ext_system, ext_id) where archived_at is null;
