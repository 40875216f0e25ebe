drop trigger customers_renamed on customers;
