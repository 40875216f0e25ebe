//! What will come in: by what is open, weighted by its chances, and by what has been. The methods are pure; they are told what was counted and look nothing up.
pub mod accuracy;
pub mod periods;
pub mod pipeline;
pub mod series;
