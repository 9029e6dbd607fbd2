"""How the text classifier is trained: rows, folds, fitting, calibration, report."""
