from arena.chain import contracts, deploying
import time
def test_a(deployed_chain):
    c=deployed_chain
    assert contracts.read("stablecoin","balanceOf",c.credits)==10**12
    assert c.anvil.chain.head()==5
    from arena.chain.models import Deployment
    found={d.name:d for d in Deployment.objects.all()}
    assert deploying.faults(c.terms,found,at=c.anvil.chain)==[]
def test_b(deployed_chain):
    test_a(deployed_chain)
