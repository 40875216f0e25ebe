alter table order_facts drop column product_shares;
