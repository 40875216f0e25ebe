drop table order_pushes;
drop table order_delays;
