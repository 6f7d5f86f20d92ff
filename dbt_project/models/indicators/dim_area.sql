{{ area_names() }}
