"""Import contracts of our own."""

import sys

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class OnlyExternals(Contract):
    """*source_module* may import the standard library and *allowed*; nothing else.

    `forbidden` can only list enemies; purity needs a list of friends.
    """

    type_name = "only_externals"

    source_module = fields.StringField()
    allowed = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        source_module: str = self.source_module  # type: ignore[assignment]
        allowed: set[str] = self.allowed  # type: ignore[assignment]
        permitted = {source_module, *allowed, *sys.stdlib_module_names}
        source = {source_module} | graph.find_descendants(source_module)
        strays = sorted(
            (importer, imported)
            for importer in source
            for imported in graph.find_modules_directly_imported_by(importer)
            if imported.partition(".")[0] not in permitted
        )
        return ContractCheck(kept=not strays, metadata={"strays": strays})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["strays"]:
            output.print_error(f"{importer} imports {imported}")
