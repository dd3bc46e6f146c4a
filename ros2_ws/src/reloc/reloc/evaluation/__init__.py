"""How good are the answers? Run a localizer over frames with known poses, count, and draw."""
