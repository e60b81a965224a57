//! Text, JSON and JUnit from one model of results
