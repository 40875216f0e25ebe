alter table imports drop column header;
delete from customer_contacts where erased_at is not null;
alter table customer_contacts drop column free_text, drop column erased_at;
alter table customer_contacts alter column name set not null;
