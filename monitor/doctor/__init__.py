"""`leftturn doctor`: what LeftTurn runs on, examined part by part; each finding says what to do."""

from monitor.doctor.examination import EXAMINATIONS, Finding, Patient, examine

__all__ = ["EXAMINATIONS", "Finding", "Patient", "examine"]
