from arena.vendors import api

urlpatterns = [*api.urlpatterns]
