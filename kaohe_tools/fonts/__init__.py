"""The Chinese font of charts and pages (SIL Open Font License, see OFL.txt), and how it was made (`build`)."""
