"""From a plan to SQL whose result is JSON text. Mechanical: nothing is decided here."""
