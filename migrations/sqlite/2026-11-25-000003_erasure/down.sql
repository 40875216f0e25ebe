alter table imports drop column header;
delete from customer_contacts where erased_at is not null;
alter table customer_contacts drop column free_text;
alter table customer_contacts drop column erased_at;
