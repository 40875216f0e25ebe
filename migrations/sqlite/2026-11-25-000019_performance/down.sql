drop table performance_times;
drop table performance_days;
drop table instances;
