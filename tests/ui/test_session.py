"""What the parts of the page are told by the server behind them."""

from pathlib import Path

from torchvision.models import ResNet

from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.lenses import Lenses
from rn18demo.training.line import Line
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teach import teach
from rn18demo.ui.session import Backend
from tests.training.small_lessons import make_base, make_dataset, make_engine


def test_taught_weights_always_name_a_class_until_a_threshold_is_set(
    network: ResNet, tmp_path: Path
) -> None:
    base, engine, dataset = make_base(network), make_engine(tmp_path), make_dataset([3, 3])
    *_, last = teach(dataset, base, engine, TeachRecipe(), line=Line())
    assert last.lesson is not None
    backend = Backend(Catalogue(), engine, Lenses(engine))
    name = last.lesson.checkpoint.id
    assert not backend.names_always(name)
    backend.taught.keep("me", last.lesson.checkpoint, base.id)
    assert backend.names_always(name)
    assert backend.names_always(f"{name}~layer4.1-F"), "the same weights, with a part cut out"
    assert not backend.names_always("starter")
    backend.thresholds[name] = 0.5
    assert not backend.names_always(name)
    backend.thresholds[name] = 0.0
    assert backend.names_always(name)
