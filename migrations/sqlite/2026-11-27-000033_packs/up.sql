-- PostgreSQL puts closed orders into packs. Here the index of today's facts is read as quickly, and all this stays empty.
create table order_packs (
    id bigint not null primary key,
    status text not null,
    first_closed_on date not null,
    last_closed_on date not null,
    orders bigint not null
);
create table order_pack_columns (
    pack_id bigint not null references order_packs (id) on delete cascade,
    name text not null,
    data blob not null,
    primary key (pack_id, name)
);
create table order_pack_gaps (place bigint not null primary key);
alter table order_facts add column packed bigint;
