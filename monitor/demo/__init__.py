"""A company made by simulation, deal by deal, with changes planted at known dates."""
