alter table order_facts_now reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor);
drop index order_facts_closed;
