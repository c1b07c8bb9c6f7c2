"""From a PBX to the database: what the AMI edge gives, tracked by the core, written by the edge."""
