"""The exam of the detector: simulated fleets with labelled leaks and labelled harmless growth, baselines, scores."""
