-- The search finds the words of lists too (answers, entries, items of an agenda). What is stored of these kinds is indexed
-- again after the migrations.
DELETE FROM search_doc WHERE record IN (SELECT id FROM record WHERE kind IN
    ('response', 'progress', 'verification', 'question', 'meeting', 'decision', 'proposal', 'action', 'recommendation',
     'assessment', 'counter_assessment'));
