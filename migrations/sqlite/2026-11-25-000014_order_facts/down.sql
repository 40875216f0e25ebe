drop table order_fact_values;
drop table order_fact_tags;
drop table order_fact_lines;
drop table order_facts;
