"""Where tickets stand -> what people read and what sinks have to do."""
