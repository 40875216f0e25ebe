drop trigger customers_renamed;
