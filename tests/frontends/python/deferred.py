import ast

from ariadne_codegen import Plugin

BASE = ast.parse("class BaseModel(BaseModel, defer_build=True): pass").body


class Deferred(Plugin):
    """Builds an input type when it is first used: any filter leads to all, and to build each at once takes minutes."""

    def generate_inputs_module(self, module: ast.Module) -> ast.Module:
        imports = [node for node in module.body if isinstance(node, ast.ImportFrom)]
        classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
        return ast.Module([*imports, *BASE, *classes], type_ignores=[])
