"""The verbs that the command line offers: their rooms, and what each one answers."""

from __future__ import annotations

__all__ = ["VERBS"]

# Every verb of the main rooms: its command and what it answers.
VERBS: dict[str, tuple[str, dict[str, str]]] = {
    "measure": (
        "Measure a system: indices, coordination, talent.",
        {
            "index": "Composite index of every group of the indicator tree, with rank bands.",
            "coordination": "Coupling coordination of education, technology and talent, and what "
            "holds each region back.",
            "talent": "Talent index: level, quality and vitality, with rank bands.",
            "sensitivity": "Which choice of method moves the ranks most, with bands.",
            "chains": "Fit of the chains of innovation, industry, capital and talent, and the "
            "missing links.",
            "conversion": "From research to the market: ratios, lags, best practice, self-reliance.",
            "multiplier": "What talent goes with in growth, at home and next door, and the years to "
            "catch up.",
            "specialisation": "What each region is strong in, how complex it is and what lies near.",
            "formation": "Highlands, fulcrums and followers, from where people move.",
        },
    ),
    "diagnose": (
        "Diagnose a system: shortages, accounts, mismatch, credential screens, contradictions.",
        {
            "shortage": "Signals of shortage by occupation, tier and skill; demand, tightness and "
            "mismatch apart.",
            "accounts": "Stock, increment and vitality of talent by tier, and the years to close a "
            "gap.",
            "mismatch": "People who work above or below their education, and graduates' fields against "
            "posts.",
            "credentials": "People who have the skills and lack the degree, each counted once.",
            "sourcing": "Degree holders brought in against trained, and what each way costs.",
            "contradictions": "The largest problems of every region, ranked, with their levers.",
        },
    ),
    "project": (
        "Project a system: demand by industry and occupation, emerging fields and skills.",
        {
            "demand": "Employment and posts to a horizon with bands, openings, and the errors on "
            "held-out years beside naive forecasts.",
            "emerging": "Fields, industries and skills that gain share, and the regions that live "
            "by them.",
        },
    ),
    "plan": (
        "Plan a system: the joint optimum with its proof, what coordination is worth, sites, platforms.",
        {
            "optimize": "Who is trained, moved and recruited where and when, at proven least cost.",
            "ladder": "What planning together is worth against planning apart, with its band.",
            "frontier": "What it costs that every region fills a least share of its posts.",
            "alternatives": "What every good plan must do, and what may differ at hardly more cost.",
            "scenarios": "A plan for several courses of demand, and what knowing which is worth.",
            "rolling": "A plan made anew as demand becomes known, and what is regretted in hindsight.",
            "sites": "Where highlands, fulcrums and platforms should stand, and who goes where.",
            "specialise": "A distinct profile for each region, with less of the same everywhere.",
            "portfolio": "Which platforms to fund and staff together under a budget.",
        },
    ),
    "simulate": (
        "Simulate the labour market of the years to come, with bands.",
        {
            "run": "Who works, who looks for work and which posts stay open, by region, occupation and "
            "year.",
            "calibrate": "Fit to some years and test on others, beside naive forecasts; which assumptions "
            "the data settle.",
            "sweep": "What several levers do at several strengths, every combination, with the cost.",
            "feedback": "Whether education, talent, technology, industry and capital strengthen each other, "
            "and what would turn the circle.",
            "compare": "What scenarios do against the system as it is, and at what cost.",
        },
    ),
}
