"""Published networks that `reloc models import NAME` turns into models, one file each."""

NOT_PLUGINS = ("importing", "known", "pictures", "weights_file")
