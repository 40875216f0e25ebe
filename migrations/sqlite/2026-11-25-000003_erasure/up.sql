-- A contact who was erased leaves a row with nothing personal in it: its id, when, and where texts had to be edited by hand.
create table erasable_contacts (
    id blob primary key not null,
    customer_id blob not null references customers (id),
    position integer not null,
    name text,
    phone text,
    email text,
    title text,
    channel text,
    erased_at integer,
    free_text text
);
insert into erasable_contacts (id, customer_id, position, name, phone, email, title, channel)
    select id, customer_id, position, name, phone, email, title, channel from customer_contacts;
drop table customer_contacts;
alter table erasable_contacts rename to customer_contacts;
create index customer_contacts_customer on customer_contacts (customer_id, position);
-- The first row of a file, kept for the report when the file itself is dropped.
alter table imports add column header blob;
