"""An id that says what was cut answers in the endpoints, as any other."""

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

CAT = handle_file("assets/examples/cat.jpg")


@pytest.fixture(scope="module")
def client(app_url: str) -> Client:
    return Client(app_url, verbose=False)


def test_a_cut_network_classifies_and_the_original_is_untouched(client: Client) -> None:
    before = client.predict(CAT, "starter", api_name="/classify")
    cut = client.predict(CAT, "starter~layer1.0-x,layer4.1-F", api_name="/classify")
    after = client.predict(CAT, "starter", api_name="/classify")
    assert cut["checkpoint"] == "starter~layer1.0-x,layer4.1-F"
    assert cut["predictions"] != before["predictions"]
    assert [p["label"] for p in after["predictions"]] == [p["label"] for p in before["predictions"]]
    for one, two in zip(before["predictions"], after["predictions"], strict=True):
        assert one["probability"] == pytest.approx(two["probability"], abs=0.02)


@pytest.mark.parametrize("stage", ["layer4", "layer2"])
def test_its_maps_are_its_own(client: Client, stage: str) -> None:
    name = "starter~layer2.1-F,layer3-scrambled"
    facts = client.predict(CAT, -1, stage, "grad-cam", name, api_name="/explain")[2]
    assert facts["checkpoint"] == name
    named = client.predict(CAT, name, 1, api_name="/classify")["predictions"][0]
    assert facts["label"] == named["label"]


@pytest.mark.parametrize("cut", ["layer1.0", "layer7.0-x", "layer1.0-x,layer1.0-F", "<b>-F"])
def test_what_cannot_be_cut_is_said(client: Client, cut: str) -> None:
    with pytest.raises(AppError, match=r"no cut|no block|no stage"):
        client.predict(CAT, f"starter~{cut}", api_name="/classify")
