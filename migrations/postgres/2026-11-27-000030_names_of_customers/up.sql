-- Names of customers are kept in memory, too.
create trigger customers_renamed after update of name on customers for each row when (new.name <> old.name) execute function renamed();
